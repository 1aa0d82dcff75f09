# One axis per task, better is further out
# Made by synerbench report. To change the picture: edit this file, then run in its folder: gnuplot radar.gp
set encoding utf8
do for [format in "svg png"] {
reset
if (format eq "svg") {
  set terminal svg noenhanced size 1060,740 font "sans-serif,13" background "#ffffff" name "radar"
} else {
  set terminal pngcairo noenhanced size 1060*1.5,740*1.5 fontscale 1.5 linewidth 1.5 pointscale 1.5 font "sans-serif,10" background "#ffffff"
}
set output "radar.".format
unset border
unset tics
set size ratio -1
set xrange [-1.5:2.1]
set yrange [-1.2:1.27]
set margins 0,0,0,0
set style textbox opaque margins 0.3,0.3 fillcolor "#ffffff" noborder
set label "SSIM ↑, synermed-2d@1" at first 0,1.22 center
set key at screen 0.985,0.16 right center Left reverse samplen 2.2
set object 1 circle at 0,0 size 0.12000 behind fillstyle empty border linecolor "#b5b5b5" linewidth 1
set object 2 circle at 0,0 size 0.29600 behind fillstyle empty border linecolor "#dedede" linewidth 1
set object 3 circle at 0,0 size 0.47200 behind fillstyle empty border linecolor "#dedede" linewidth 1
set object 4 circle at 0,0 size 0.64800 behind fillstyle empty border linecolor "#dedede" linewidth 1
set object 5 circle at 0,0 size 0.82400 behind fillstyle empty border linecolor "#dedede" linewidth 1
set object 6 circle at 0,0 size 1.00000 behind fillstyle empty border linecolor "#b5b5b5" linewidth 1
set arrow from 0.00000,0.12000 to 0.00000,1.00000 nohead back linecolor "#dedede" linewidth 1
set label "brain-cbct-to-ct" at 0.00000,1.07000 center textcolor "#1b1d20"
set arrow from 0.10392,0.06000 to 0.86603,0.50000 nohead back linecolor "#dedede" linewidth 1
set label "brain-mr-to-ct" at 0.90933,0.53500 left textcolor "#1b1d20"
set arrow from 0.10392,-0.06000 to 0.86603,-0.50000 nohead back linecolor "#dedede" linewidth 1
set label "brain-ct-to-mr" at 0.90933,-0.53500 left textcolor "#1b1d20"
set arrow from 0.00000,-0.12000 to 0.00000,-1.00000 nohead back linecolor "#dedede" linewidth 1
set label "wb-ct-to-pet" at 0.00000,-1.07000 center textcolor "#1b1d20"
set arrow from -0.10392,-0.06000 to -0.86603,-0.50000 nohead back linecolor "#dedede" linewidth 1
set label "brats-t1-to-t1c" at -0.90933,-0.53500 right textcolor "#1b1d20"
set arrow from -0.10392,0.06000 to -0.86603,0.50000 nohead back linecolor "#dedede" linewidth 1
set label "brats-t1-to-t2" at -0.90933,0.53500 right textcolor "#1b1d20"
set label "0" at 0.06000,0.10392 center front boxed font ",10" textcolor "#5c6370"
set label "0.2" at 0.14800,0.25634 center front boxed font ",10" textcolor "#5c6370"
set label "0.4" at 0.23600,0.40876 center front boxed font ",10" textcolor "#5c6370"
set label "0.6" at 0.32400,0.56118 center front boxed font ",10" textcolor "#5c6370"
set label "0.8" at 0.41200,0.71360 center front boxed font ",10" textcolor "#5c6370"
set label "1" at 0.50000,0.86603 center front boxed font ",10" textcolor "#5c6370"
plot 'radar.dat' index 0 using 1:2 with lines linecolor "#8a9097" linewidth 1.8 dashtype (12,7) title "floor (best trivial)", \
  'radar.dat' index 1 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#0072B2" pointtype 7 title "BBDM", \
  'radar.dat' index 2 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#D55E00" pointtype 5 title "Flow U-Net", \
  'radar.dat' index 3 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#009E73" pointtype 9 title "HealthGPT (re-implementation)", \
  'radar.dat' index 4 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#CC79A7" pointtype 11 title "RCD (released U-Net)", \
  'radar.dat' index 5 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#E69F00" pointtype 13 title "Pix2Pix (pix2pix-s1)", \
  'radar.dat' index 6 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#56B4E9" pointtype 15 title "Pix2Pix (pix2pix-s2)", \
  'radar.dat' index 7 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#1b1d20" pointtype 7 title "Pix2Pix (pix2pix-s3)", \
  'radar.dat' index 8 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#0072B2" pointtype 7 title "CycleGAN (cyclegan-s1)", \
  'radar.dat' index 9 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#D55E00" pointtype 5 title "CycleGAN (cyclegan-s2)", \
  'radar.dat' index 10 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#009E73" pointtype 9 title "ResViT (resvit-s1)", \
  'radar.dat' index 11 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#CC79A7" pointtype 11 title "ResViT (resvit-s2)", \
  'radar.dat' index 12 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#E69F00" pointtype 13 title "RCD (reconstruction) (rcd-s1)", \
  'radar.dat' index 13 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#56B4E9" pointtype 15 title "SynDiff (syndiff-s1)", \
  'radar.dat' index 14 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#1b1d20" pointtype 7 title "CycleGAN (cyclegan-s3)", \
  'radar.dat' index 15 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#0072B2" pointtype 7 title "ResViT (resvit-s3)", \
  'radar.dat' index 16 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#D55E00" pointtype 5 title "RCD (reconstruction) (rcd-s2)", \
  'radar.dat' index 17 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#009E73" pointtype 9 title "RCD (reconstruction) (rcd-s3)", \
  'radar.dat' index 18 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#CC79A7" pointtype 11 title "SynDiff (syndiff-s2)", \
  'radar.dat' index 19 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#E69F00" pointtype 13 title "SynDiff (syndiff-s3)", \
  'radar.dat' index 20 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#56B4E9" pointtype 15 title "BAGEL", \
  'radar.dat' index 21 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#1b1d20" pointtype 7 title "SynerMedGen", \
  'radar.dat' index 22 using 1:2 with linespoints linewidth 1.8 pointsize 0.75 linecolor "#0072B2" pointtype 7 title "UniMedVL"
set output
}
